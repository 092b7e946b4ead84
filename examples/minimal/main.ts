import { App } from 'cdktf';
import { Environment, MlPlatform, Tier } from 'cdktf-ml-platform';

const app = new App();
const environment = new Environment({
  name: 'dev',
  tier: Tier.DEVELOPMENT,
  account: '111122223333',
  region: 'eu-central-1',
  zones: ['eu-central-1a', 'eu-central-1b'],
  adminPrincipals: ['arn:aws:iam::111122223333:role/platform-admin'],
  gitOps: { url: 'https://git.example.com/platform.git' },
});
new MlPlatform(app, 'Dev', { environment });
app.synth();
