import { App } from 'cdktf';
import { MlPlatform } from '../stacks/ml-platform';
import { referenceEnvironments, referencePlatform } from './reference';

const app = new App({ stackTraces: false });
for (const environment of referenceEnvironments()) new MlPlatform(app, environment.name, referencePlatform(environment));
app.synth();
