import { App } from 'cdktf';
import { buildPlatforms } from './platform';

const app = new App();
buildPlatforms(app);
app.synth();
