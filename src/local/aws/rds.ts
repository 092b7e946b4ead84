import type { Mend, MendContext, Onward } from './mends';
import type { AwsRequest, AwsResponse } from './request';

/** What moto's RDS distorts, mended. */
export class RdsMend implements Mend {
  constructor(private readonly context: MendContext) {}

  public async handle(_request: AwsRequest, onward: Onward): Promise<AwsResponse> {
    void this.context;
    return onward();
  }
}
