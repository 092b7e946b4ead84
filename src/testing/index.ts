export * from './synth-all';
