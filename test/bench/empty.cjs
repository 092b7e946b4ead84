'use strict';

const { App, TerraformStack } = require('cdktf');

const app = new App({ stackTraces: false });
new TerraformStack(app, 'empty');
app.synth();
