import { Token } from 'cdktf';
import { Duration, fail, formatProblem, NameRule, PlatformError, Problems, Size } from '../../src/core';

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as PlatformError).code;
  }
  return undefined;
}

describe('errors', () => {
  test('a problem is printed with code, value, what is allowed, the way out and the path', () => {
    expect(formatProblem({ code: 'SizeInverted', message: 'got min 5 and max 2', allowed: 'min up to max', remedy: 'raise max', path: 'prod/Gpu' })).toBe(
      '[SizeInverted] got min 5 and max 2; allowed: min up to max; raise max (at prod/Gpu)',
    );
  });

  test('all problems of one object are thrown together', () => {
    const problems = new Problems('prod/Gpu');
    problems.add({ code: 'First', message: 'one' });
    problems.when(false, { code: 'Never', message: 'no' });
    problems.when(true, { code: 'Second', message: 'two' });
    expect(() => problems.throwIfAny()).toThrow('[First] one (at prod/Gpu)\n[Second] two (at prod/Gpu)');
    expect(problems.all.map((problem) => problem.code)).toEqual(['First', 'Second']);
  });

  test('nothing is thrown when nothing is wrong', () => {
    expect(() => new Problems('x').throwIfAny()).not.toThrow();
  });

  test('a platform error is known as one, whatever copy of the library made it', () => {
    expect(codeOf(() => fail({ code: 'Broken', message: 'x' }))).toBe('Broken');
    expect(PlatformError.isPlatformError(new Error('x'))).toBe(false);
    expect(PlatformError.isPlatformError(Object.assign(new Error('x'), { [Symbol.for('cdktf-ml-platform/PlatformError')]: true }))).toBe(true);
  });
});

describe('units', () => {
  test('convert', () => {
    expect(Duration.days(2).toSeconds()).toBe(172_800);
    expect(Duration.hours(48).toDays()).toBe(2);
    expect(Size.tebibytes(1).toGibibytes()).toBe(1024);
    expect([Size.gibibytes(20).toQuantity(), Size.mebibytes(512).toQuantity()]).toEqual(['20Gi', '512Mi']);
  });

  test.each([
    ['a negative amount', () => Duration.seconds(-1)],
    ['not a number', () => Size.gibibytes(Number.NaN)],
    ['hours that are no whole days', () => Duration.hours(25).toDays()],
    ['mebibytes that are no whole gibibytes', () => Size.mebibytes(1500).toGibibytes()],
  ])('fails for %s', (_, work) => {
    expect(codeOf(work)).toBe('UnitInvalid');
  });
});

describe('name rules', () => {
  test.each([
    [NameRule.S3_BUCKET, 'mlp-dev-artifacts'],
    [NameRule.RDS_IDENTIFIER, 'mlp-dev-registry'],
    [NameRule.GLUE_NAME, 'mlp_dev_features'],
    [NameRule.ECR_REPOSITORY, 'mlp/dev/trainer'],
    [NameRule.KMS_ALIAS, 'mlp/dev/data'],
    [NameRule.IAM_ROLE, 'mlp-dev-mlflow'],
    [NameRule.of({ noun: 'queue', max: 5, pattern: '[a-z]+', words: 'letters' }), 'abcde'],
  ])('%# accept a good name', (rule, name) => {
    expect(rule.problemOf(name)).toBeUndefined();
  });

  test.each([
    ['too long', NameRule.S3_BUCKET, 'a'.repeat(64), 'NameTooLong'],
    ['too short', NameRule.S3_BUCKET, 'ab', 'NameInvalid'],
    ['upper case', NameRule.S3_BUCKET, 'Artifacts', 'NameInvalid'],
    ['double hyphen', NameRule.RDS_IDENTIFIER, 'a--b', 'NameInvalid'],
    ['hyphen at the end', NameRule.RDS_IDENTIFIER, 'ab-', 'NameInvalid'],
    ['hyphen for Athena', NameRule.GLUE_NAME, 'a-b', 'NameInvalid'],
    ['reserved alias', NameRule.KMS_ALIAS, 'aws/s3', 'NameInvalid'],
    ['token', NameRule.S3_BUCKET, Token.asString({ resolve: () => 'x' }), 'NameNotLiteral'],
  ])('fails for a name that is %s', (_, rule, name, code) => {
    expect(codeOf(() => rule.check(name))).toBe(code);
  });

  test('the error names the length and the limit', () => {
    expect(() => NameRule.RDS_IDENTIFIER.check('a'.repeat(70), 'prod/Registry')).toThrow(/has 70 characters; allowed: at most 63; shorten .* \(at prod\/Registry\)/);
  });
});
