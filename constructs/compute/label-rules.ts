import type { Problem } from '../../src/core';

const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const DOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const DOMAIN_LIMIT = 253;

/** Domains whose labels a kubelet may not set on its own node. Source: Kubernetes reference, NodeRestriction. */
const RESERVED = /(^|\.)(kubernetes|k8s)\.io$/;
const PERMITTED = /(^|\.)(node|kubelet)\.kubernetes\.io$/;

/** True for a key of labels and taints: `name` or `domain/name`. */
export function isQualifiedName(text: string): boolean {
  const [name, domain, ...more] = text.split('/').reverse();
  const goodDomain = domain === undefined || (domain.length <= DOMAIN_LIMIT && DOMAIN.test(domain));
  return name !== undefined && NAME.test(name) && goodDomain && more.length === 0;
}

/** True for a value of labels and taints; it may be empty. */
export function isLabelValue(text: string): boolean {
  return text === '' || NAME.test(text);
}

/** What is wrong with labels of nodes. */
export function labelProblems(labels: { readonly [key: string]: string }): Problem[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const domain = key.includes('/') ? (key.split('/')[0] as string) : '';
    const problems: Problem[] = [];
    if (!isQualifiedName(key) || !isLabelValue(value)) {
      problems.push({ code: 'LabelInvalid', message: `label got key "${key}" and value "${value}"`, allowed: 'a key of the form [domain/]name and a value, each of at most 63 letters, digits, - _ and .' });
    }
    if (domain === 'eks.amazonaws.com' || (RESERVED.test(domain) && !PERMITTED.test(domain))) {
      problems.push({ code: 'LabelReserved', message: `label "${key}" is of a domain that EKS and Kubernetes keep for themselves`, remedy: 'choose a domain of your own' });
    }
    return problems;
  });
}
