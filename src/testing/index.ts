export { planSnapshot } from '../plan/plan-snapshot';
export type { PlanSnapshotOptions } from '../plan/plan-snapshot';
export * from './synth-all';
