import type { ClusterBackend } from '../cluster-backend';
import { EksService } from './eks/service';
import { Ec2Mend } from './mended/ec2';
import { KmsMend } from './mended/kms';
import { RdsMend } from './mended/rds';
import type { MotoClient } from './moto-client';
import type { AwsRequest, AwsResponse } from './request';

/** Sends the request on to moto, with another body if one is given. */
export type Onward = (body?: Buffer | string) => Promise<AwsResponse>;

/** What mends one service: answers itself, or changes what moto gets and gives. */
export interface Mend {
  handle(request: AwsRequest, onward: Onward): Promise<AwsResponse>;
  /** Names of what the mend itself still keeps, by kind. @default - the mend keeps nothing */
  inventory?(): Readonly<Record<string, readonly string[]>>;
  /** Ends what the mend started outside this process. @default - nothing to end */
  close?(): Promise<void>;
}

/** What mends work with. */
export interface MendContext {
  readonly moto: MotoClient;
  /** 12 digits. */
  readonly accountId: string;
  /** @default - no engine stands behind clusters */
  readonly backend?: ClusterBackend;
  /** How long node groups and add-ons wait for what they need before they fail, in seconds. */
  readonly settleSeconds: number;
  readonly log: (line: string) => void;
}

/** Every mend by the signing name of its service. */
export function createMends(context: MendContext): ReadonlyMap<string, Mend> {
  return new Map<string, Mend>([
    ['eks', new EksService(context)],
    ['ec2', new Ec2Mend(context.moto)],
    ['kms', new KmsMend()],
    ['rds', new RdsMend()],
  ]);
}
