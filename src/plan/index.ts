export * from './plan-snapshot';
export * from './stateful-types';
