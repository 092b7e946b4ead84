/** A file relative to the repository, with `/`, and what it imports. */
export interface Import {
  readonly file: string;
  readonly specifier: string;
}

export declare function areaOf(file: string): string;
export declare function targetOf(imported: Import): string;
export declare function findImportProblem(imported: Import): string | undefined;
