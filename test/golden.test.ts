import * as fs from 'node:fs';
import * as path from 'node:path';
import { referenceEnvironments, referencePlatform } from '../src/reference';
import { planSnapshot, synthAll } from '../src/testing';
import { MlPlatform } from '../stacks/ml-platform';

const FOLDER = path.join(__dirname, 'golden');
const UPDATE = process.env.UPDATE_GOLDEN === '1';

/** The whole reference program as it is: one golden file per environment, rewritten by `UPDATE_GOLDEN=1 npm run test:unit`. */
const result = synthAll((app) => {
  for (const environment of referenceEnvironments()) new MlPlatform(app, environment.name, referencePlatform(environment));
});

test.each(referenceEnvironments().map((environment) => environment.name))('the plan of %s is what its golden file says', (environment) => {
  const stacks = result.stacks.map((stack) => stack.id).filter((id) => id.startsWith(`${environment}-`));
  const text = planSnapshot(result, { stacks });
  const file = path.join(FOLDER, `${environment}.txt`);
  if (UPDATE) {
    fs.mkdirSync(FOLDER, { recursive: true });
    fs.writeFileSync(file, text);
  }
  expect(text).toBe(fs.readFileSync(file, 'utf8'));
});

test('the same program gives the same bytes', () => {
  const again = synthAll((app) => {
    for (const environment of referenceEnvironments()) new MlPlatform(app, environment.name, referencePlatform(environment));
  });
  expect(again.stacks.map((stack) => JSON.stringify(stack.json))).toEqual(result.stacks.map((stack) => JSON.stringify(stack.json)));
  expect(again.files).toEqual(result.files);
});

test('no stack refers to another but by declared outputs, and gitops needs none', () => {
  for (const stack of result.stacks) {
    expect(stack.dataSources('terraform_remote_state').map((state) => state.name)).toEqual(stack.id.endsWith('-cluster') || stack.id.endsWith('-data') ? ['network'] : []);
  }
});
