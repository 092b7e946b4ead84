import { checkCustomResource } from './custom-resource';
import { KubernetesSchemas } from './kubernetes';
import { isObject, wrong, type SchemaProblem } from './problem';
import type { SchemaReference } from './reference';

/**
 * Checks one Kubernetes object for a version of Kubernetes: objects of its own API against that version's OpenAPI
 * document, custom resources against their CRD (rules written in CEL are left to the API server).
 * @param kubernetesVersion minor version, such as `1.35`.
 * @returns undefined where the reference data has no schema for it: it was not checked.
 */
export function checkManifest(manifest: unknown, kubernetesVersion: string, reference: SchemaReference): SchemaProblem[] | undefined {
  if (!isObject(manifest) || typeof manifest.apiVersion !== 'string' || typeof manifest.kind !== 'string') {
    return [wrong('', 'must be an object with apiVersion and kind')];
  }
  const [first, second] = manifest.apiVersion.split('/');
  const group = second === undefined ? '' : first ?? '';
  const version = second ?? first ?? '';
  const kubernetes = KubernetesSchemas.of(reference, kubernetesVersion);
  if (kubernetes === undefined) return undefined;
  if (kubernetes.hasGroup(group)) return kubernetes.check(manifest, group, version);
  const problems = checkCustomResource(manifest, group, version, reference);
  return problems === undefined ? undefined : [...problems, ...kubernetes.checkMetadata(manifest)];
}
