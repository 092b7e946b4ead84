export * from './encryption-key';
export * from './encryption-key-grants';
export * from './key-user';
