/** True for the object of a policy document of IAM, S3, KMS or another service with the same language. */
export function isPolicyDocument(value: unknown): value is { readonly Statement: unknown } {
  return typeof value === 'object' && value !== null && 'Statement' in value && 'Version' in value;
}

function listed(value: unknown): string {
  return [value].flat().map(String).join(', ');
}

function principals(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === '*' ? 'anyone' : listed(value);
  return Object.entries(value).map(([type, ids]) => `${type} ${listed(ids)}`).join(', ');
}

function conditions(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  const tests = Object.entries(value).flatMap(([operator, keys]) =>
    Object.entries(keys as Record<string, unknown>).map(([key, accepted]) => `${key} ${operator} ${listed(accepted)}`),
  );
  return tests.length === 0 ? '' : ` if ${tests.join(' and ')}`;
}

function statementText(statement: Readonly<Record<string, unknown>>): string {
  const words: string[] = [String(statement.Effect ?? 'Allow')];
  if (statement.NotAction !== undefined) words.push(`everything but ${listed(statement.NotAction)}`);
  else words.push(listed(statement.Action));
  if (statement.Resource !== undefined) words.push(`on ${listed(statement.Resource)}`);
  if (statement.NotResource !== undefined) words.push(`on everything but ${listed(statement.NotResource)}`);
  if (statement.Principal !== undefined) words.push(`for ${principals(statement.Principal)}`);
  if (statement.NotPrincipal !== undefined) words.push(`for everyone but ${principals(statement.NotPrincipal)}`);
  return words.join(' ') + conditions(statement.Condition);
}

/** One line for each statement: `Allow s3:GetObject on arn:… for Service x.amazonaws.com if aws:SourceAccount StringEquals …`. */
export function policyLines(document: { readonly Statement: unknown }): string[] {
  return [document.Statement].flat().map((statement) => statementText(statement as Record<string, unknown>));
}
