import type { Problem } from '../../src/core';
import { isLabelValue, isQualifiedName } from './label-rules';

/** What a taint does to pods that do not tolerate it, in the words of the EKS API. */
export enum TaintEffect {
  /** They are not scheduled. */
  NO_SCHEDULE = 'NO_SCHEDULE',
  /** They are scheduled only where nothing else is free. */
  PREFER_NO_SCHEDULE = 'PREFER_NO_SCHEDULE',
  /** They are not scheduled, and those that run are evicted. */
  NO_EXECUTE = 'NO_EXECUTE',
}

const KUBERNETES_EFFECTS: Readonly<Record<TaintEffect, string>> = {
  [TaintEffect.NO_SCHEDULE]: 'NoSchedule',
  [TaintEffect.PREFER_NO_SCHEDULE]: 'PreferNoSchedule',
  [TaintEffect.NO_EXECUTE]: 'NoExecute',
};

/** A taint of nodes: keeps pods away that do not tolerate it. */
export class Taint {
  /** Other pods are not scheduled. */
  public static noSchedule(key: string, value = ''): Taint {
    return new Taint(key, value, TaintEffect.NO_SCHEDULE);
  }

  /** Other pods are scheduled only where nothing else is free. */
  public static preferNoSchedule(key: string, value = ''): Taint {
    return new Taint(key, value, TaintEffect.PREFER_NO_SCHEDULE);
  }

  /** Other pods are not scheduled, and those that run are evicted. */
  public static noExecute(key: string, value = ''): Taint {
    return new Taint(key, value, TaintEffect.NO_EXECUTE);
  }

  private constructor(
    /** Key, such as `nvidia.com/gpu`. */
    public readonly key: string,
    /** Value; empty if there is none. */
    public readonly value: string,
    /** Effect in the words of EKS. */
    public readonly effect: TaintEffect,
  ) {}

  /** Effect in the words of Kubernetes, such as `NoSchedule`. */
  public get kubernetesEffect(): string {
    return KUBERNETES_EFFECTS[this.effect];
  }

  /** What is wrong with it; undefined if nothing is. */
  public get problem(): Problem | undefined {
    if (isQualifiedName(this.key) && isLabelValue(this.value)) return undefined;
    return {
      code: 'TaintInvalid',
      message: `taint got key "${this.key}" and value "${this.value}"`,
      allowed: 'a key of the form [domain/]name and a value, each of at most 63 letters, digits, - _ and ., beginning and ending with a letter or digit',
    };
  }

  /** `key=value:Effect`, as kubectl writes it. */
  public toString(): string {
    return `${this.key}${this.value === '' ? '' : `=${this.value}`}:${this.kubernetesEffect}`;
  }
}
