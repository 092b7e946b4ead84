export * from './image-repository';
export { ImageRepositoryGrants } from './image-repository-grants';
