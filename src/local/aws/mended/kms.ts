import type { Mend, Onward } from '../mends';
import type { AwsRequest, AwsResponse } from '../request';
import { jsonBody } from '../request';

/** Rotation period where none is asked for, in days. Source: KMS API reference, EnableKeyRotation. */
const DEFAULT_PERIOD_DAYS = 365;

/** moto forgets the rotation period of a key. */
export class KmsMend implements Mend {
  private readonly periods = new Map<string, number>();

  public async handle(request: AwsRequest, onward: Onward): Promise<AwsResponse> {
    const answer = await onward();
    const target = String(request.headers['x-amz-target']);
    if (answer.status >= 300 || !target.endsWith('KeyRotation') && !target.endsWith('.GetKeyRotationStatus')) return answer;
    const input = jsonBody(request.body);
    const keyId = String(input.KeyId).split('/').pop() ?? '';
    const key = `${request.region}/${keyId}`;
    if (target.endsWith('.EnableKeyRotation')) {
      this.periods.set(key, typeof input.RotationPeriodInDays === 'number' ? input.RotationPeriodInDays : DEFAULT_PERIOD_DAYS);
    }
    if (!target.endsWith('.GetKeyRotationStatus')) return answer;
    const status = jsonBody(Buffer.from(answer.body));
    if (status.KeyRotationEnabled !== true) return answer;
    return { ...answer, body: JSON.stringify({ ...status, KeyId: keyId, RotationPeriodInDays: this.periods.get(key) ?? DEFAULT_PERIOD_DAYS }) };
  }
}
