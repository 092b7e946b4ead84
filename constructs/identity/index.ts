export * from './workload-identity-interface';
