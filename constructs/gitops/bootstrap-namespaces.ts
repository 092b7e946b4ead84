import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import type { ITerraformDependable, TerraformResource } from 'cdktf';
import { dependable } from 'cdktf';
import { Construct } from 'constructs';
import type { PlatformNamespace } from './platform-namespace';

/** Namespaces that Terraform creates, before Argo CD puts anything into them: every namespace that an application of the tree names. */
export class BootstrapNamespaces extends Construct {
  private readonly created = new Map<string, NamespaceV1>();
  private readonly waiting: TerraformResource[] = [];

  constructor(scope: Construct, id: string) {
    super(scope, id);
  }

  /** Creates the namespace; the same one again is created once, with the labels of the first call. */
  public add(namespace: PlatformNamespace, labels: { readonly [label: string]: string } = {}): ITerraformDependable {
    const known = this.created.get(namespace.name);
    if (known) return known;
    const created = new NamespaceV1(this, namespace.name, { metadata: { name: namespace.name, labels: { ...labels, ...namespace.labels } } });
    this.created.set(namespace.name, created);
    this.waiting.forEach((resource) => holdBack(resource, created));
    return created;
  }

  /** Makes a resource wait for every namespace, also for those that are added later. */
  public holdBack(resource: TerraformResource): void {
    this.waiting.push(resource);
    this.created.forEach((namespace) => holdBack(resource, namespace));
  }
}

function holdBack(resource: TerraformResource, until: ITerraformDependable): void {
  resource.dependsOn = [...(resource.dependsOn ?? []), dependable(until)];
}
