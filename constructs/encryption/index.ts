export * from './encrypted-log-group';
export * from './encryption-key';
export * from './encryption-key-grants';
export * from './key-user';
