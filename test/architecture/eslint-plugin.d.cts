import type { Rule } from 'eslint';

/** The project's own lint rules. */
declare const plugin: { rules: Record<string, Rule.RuleModule> };
export default plugin;
