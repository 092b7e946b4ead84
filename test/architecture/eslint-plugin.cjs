'use strict';

const path = require('node:path');
const { findImportProblem } = require('./import-rules.cjs');

const SUPPRESSION = /^\s*(eslint-(disable|enable)|@ts-(ignore|nocheck|expect-error)|prettier-ignore|istanbul ignore|c8 ignore|v8 ignore)/;
const FOREIGN_CLASSES = /^(cdktf|constructs|cdk8s|cdk8s-plus-\d+|@cdktf\/provider-.+)$/;

/** Reports every import that DESIGN.md forbids. */
const imports = {
  meta: { type: 'problem', schema: [], docs: { description: 'who may import whom' } },
  create(context) {
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    const check = (node) => {
      if (typeof node?.value !== 'string') return;
      const problem = findImportProblem({ file, specifier: node.value });
      if (problem !== undefined) context.report({ node, message: problem });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source),
      TSExternalModuleReference: (node) => check(node.expression),
      'CallExpression[callee.name="require"]': (node) => check(node.arguments[0]),
    };
  },
};

/** Reports comments that switch a check off. */
const noSuppression = {
  meta: { type: 'problem', schema: [], docs: { description: 'no comment switches a check off' } },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          if (SUPPRESSION.test(comment.value)) context.report({ loc: comment.loc, message: 'mend the cause: no comment switches a check off' });
        }
      },
    };
  },
};

/** Reports `instanceof` with a class of CDKTF or its kin: two copies of a package do not know each other's classes. */
const noForeignInstanceof = {
  meta: { type: 'problem', schema: [], docs: { description: 'ask TerraformStack.isStack and its kin' } },
  create(context) {
    const foreign = new Set();
    return {
      ImportDeclaration(node) {
        if (!FOREIGN_CLASSES.test(node.source.value)) return;
        for (const specifier of node.specifiers) foreign.add(specifier.local.name);
      },
      'BinaryExpression[operator="instanceof"]'(node) {
        const name = node.right.type === 'MemberExpression' ? node.right.object.name : node.right.name;
        if (foreign.has(name)) context.report({ node, message: `"instanceof ${name}" fails across copies of a package: use ${name}.is… or a method` });
      },
    };
  },
};

module.exports = { rules: { imports, 'no-suppression': noSuppression, 'no-foreign-instanceof': noForeignInstanceof } };
