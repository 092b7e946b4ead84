import type { CatalogSource } from './source';

/** Source of the images below. */
export const IMAGES_SOURCE: CatalogSource = {
  source: 'MLflow: docker/Dockerfile.full of mlflow/mlflow, release tags on its container registry; version as tried in the local twin',
  asOf: '2026-08-22',
};

/** A container image that a manifest of the library runs itself (charts bring their own). */
export class ContainerImage {
  /**
   * MLflow server with the database, AWS and authentication extras. The variant without `-full` has neither
   * a PostgreSQL driver nor boto3. No digest is known offline: pin one where your registry mirrors it.
   */
  public static readonly MLFLOW = ContainerImage.of('ghcr.io/mlflow/mlflow', 'v3.17.2-full');

  /**
   * An image by tag or digest.
   * @param repository registry and path, without tag.
   * @param reference tag such as `v1.2.3`, or digest `sha256:…`.
   */
  public static of(repository: string, reference: string): ContainerImage {
    return new ContainerImage(repository, reference);
  }

  private constructor(
    /** Registry and path. */
    public readonly repository: string,
    /** Tag or digest. */
    public readonly reference: string,
  ) {}

  /** What a container's `image` field takes. */
  public get image(): string {
    return `${this.repository}${this.reference.includes(':') ? '@' : ':'}${this.reference}`;
  }

  /** The same image in a registry that mirrors its repository path, such as `mirror.example.com/ghcr`. */
  public mirroredTo(registry: string): ContainerImage {
    const path = this.repository.slice(this.repository.indexOf('/') + 1);
    return new ContainerImage(`${registry}/${path}`, this.reference);
  }
}
