import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ADDONS_SOURCE, AmiType, API_VERSIONS_SOURCE, ApiVersion, Chart, CHARTS_SOURCE, ContainerImage, CpuArchitecture, EKS_VERSIONS_SOURCE, EksAddon, EksVersion,
  IMAGES_SOURCE, INSTANCE_PRICES_SOURCE, INSTANCE_TYPES_SOURCE, InstanceType, nearestNames, partitionOf, Region, regionProblems, REGIONS_SOURCE, repositoryFor,
} from '../../src/catalog';
import { chartTable, generateCatalog, instanceTypeMembers, instanceTypeTable, memberName } from '../../src/catalog/generate';
import { PlatformError } from '../../src/core/errors';
import { describeWithReference } from '../support/reference';

function problemOf(action: () => unknown): PlatformError {
  try {
    action();
  } catch (error) {
    if (PlatformError.isPlatformError(error)) return error;
    throw error;
  }
  throw new Error('no error');
}

test.each(Object.entries({ ADDONS_SOURCE, API_VERSIONS_SOURCE, CHARTS_SOURCE, EKS_VERSIONS_SOURCE, IMAGES_SOURCE, INSTANCE_PRICES_SOURCE, INSTANCE_TYPES_SOURCE, REGIONS_SOURCE }))(
  '%s names a source and a day',
  (_, source) => {
    expect(source.source.length).toBeGreaterThan(10);
    expect(source.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
  },
);

describe('EksVersion', () => {
  it('defaults to 1.35, with 1.36 as the newest', () => {
    expect(EksVersion.DEFAULT.version).toBe('1.35');
    expect(EksVersion.DEFAULT.endOfStandardSupport).toBe('2027-03-27');
    expect(EksVersion.offered().at(-1)).toBe(EksVersion.V1_36.toString());
  });

  it('has a member for each offered version, ordered by release', () => {
    const members = Object.values(EksVersion).filter((member): member is EksVersion => member instanceof EksVersion);
    expect(new Set(members.map((member) => member.version))).toEqual(new Set(EksVersion.offered()));
    const releases = EksVersion.offered().map((version) => EksVersion.of(version).release);
    expect(releases).toEqual([...releases].sort());
  });

  it.each([
    ['1.33', undefined, true],
    ['1.34', undefined, false],
    ['1.34', '2026-12-02', false],
    ['1.34', '2026-12-03', true],
    ['1.35', undefined, false],
  ])('%s judged on %s is past standard support: %s', (version, day, past) => {
    expect(EksVersion.of(version).isPastStandardSupport(day)).toBe(past);
  });

  it('offers no version that EKS upgrades by itself', () => {
    expect(EksVersion.offered().filter((version) => EksVersion.of(version).isPastExtendedSupport())).toEqual([]);
    expect(EksVersion.V1_31.isPastExtendedSupport('2026-11-27')).toBe(true);
  });

  it.each(['1.30', '1.37', '1.35.4', '2.0', ''])('fails for %p', (version) => {
    const error = problemOf(() => EksVersion.of(version));
    expect(error.code).toBe('KubernetesVersionUnsupported');
    expect(error.message).toContain(`Kubernetes ${version} `);
    expect(error.message).toContain('1.31, 1.32, 1.33, 1.34, 1.35, 1.36');
  });

  it('takes a version that AWS adds tomorrow with its dates', () => {
    const dates = { release: '2026-10-01', endOfStandardSupport: '2027-12-01', endOfExtendedSupport: '2028-12-01' };
    expect(EksVersion.of('1.37', dates).isPastStandardSupport()).toBe(false);
    expect(problemOf(() => EksVersion.of('1.37', { ...dates, endOfStandardSupport: '2026-01-01' })).code).toBe('KubernetesVersionDatesInvalid');
    expect(problemOf(() => EksVersion.of('1.37', { ...dates, release: 'soon' })).code).toBe('KubernetesVersionDatesInvalid');
  });
});

describe('InstanceType', () => {
  const accelerated = InstanceType.offered().map((name) => InstanceType.of(name)).filter((type) => type.accelerated);

  it('gives every accelerated type the image, resource and taint of its golden row', () => {
    const rows = accelerated.map((type) => [type.name, type.amiType, type.accelerator?.count, type.accelerator?.name, type.resourceName ?? '-', type.taintKey ?? '-', type.maxEfa].join(' '));
    const golden = readFileSync(join(__dirname, 'accelerated-types.golden.txt'), 'utf8').trim().split('\n');
    expect(rows).toEqual(golden);
    expect(rows).toHaveLength(83);
  });

  it('has a static member for each of them', () => {
    const members: unknown = InstanceType;
    for (const type of accelerated) {
      expect((members as Record<string, InstanceType>)[memberName(type.name)]?.name).toBe(type.name);
    }
  });

  it('knows the hardware and the price of one', () => {
    const type = InstanceType.G6E_12XLARGE;
    expect([type.vcpu, type.memoryMiB, type.architecture, type.localNvmeGB, type.maxPods, type.usdPerHour]).toEqual([48, 393_216, CpuArchitecture.AMD64, 3800, 292, 10.49264]);
    expect(type.accelerator).toEqual({ name: 'l40s', manufacturer: 'nvidia', count: 4, memoryMiB: 45_776, fraction: undefined, resourceName: 'nvidia.com/gpu' });
    expect(`${type}`).toBe('g6e.12xlarge');
  });

  it('offers no whole GPU on a type that has a part of one', () => {
    const slice = InstanceType.of('g6f.2xlarge');
    expect(slice.accelerator).toMatchObject({ count: 0, fraction: 0.25, memoryMiB: 5722 });
    expect([slice.resourceName, slice.taintKey, slice.accelerated]).toEqual([undefined, 'nvidia.com/gpu', true]);
  });

  it.each([
    ['m7i.large', AmiType.AL2023_X86_64_STANDARD],
    ['m8g.large', AmiType.AL2023_ARM_64_STANDARD],
    ['t4g.medium', AmiType.AL2023_ARM_64_STANDARD],
    ['g5g.xlarge', AmiType.AL2023_ARM_64_NVIDIA],
    ['inf2.xlarge', AmiType.AL2023_X86_64_NEURON],
    ['g4ad.xlarge', AmiType.AL2023_X86_64_STANDARD],
  ])('%s boots %s', (name, image) => {
    expect(InstanceType.of(name).amiType).toBe(image);
  });

  it('names the nearest types for one it does not know', () => {
    const error = problemOf(() => InstanceType.of('g6e.13xlarge'));
    expect(error.code).toBe('InstanceTypeUnknown');
    expect(error.message).toContain('nearest: g6e.12xlarge');
  });

  it.each([['p3.2xlarge', 1, 16_384], ['p3.16xlarge', 8, 16_384], ['g3.8xlarge', 2, 8192], ['p2.16xlarge', 8, 12_288]])('names a successor of %s with %d GPUs of %d MiB', (name, gpus, memory) => {
    const error = problemOf(() => InstanceType.of(name));
    const successor = InstanceType.of(/use (\S+)$/.exec(error.message)?.[1] ?? '');
    expect(successor.accelerator?.count).toBeGreaterThanOrEqual(gpus);
    expect(successor.accelerator?.memoryMiB).toBeGreaterThanOrEqual(memory);
    expect(successor.architecture).toBe(CpuArchitecture.AMD64);
  });

  it('takes a type that AWS adds tomorrow with its hardware', () => {
    const accelerator = { name: 'r200', manufacturer: 'nvidia', count: 8, resourceName: 'nvidia.com/gpu' };
    const type = InstanceType.of('p7.48xlarge', { vcpu: 192, memoryMiB: 4_194_304, accelerator });
    expect([type.amiType, type.resourceName, type.maxPods, type.maxEfa, type.localNvmeGB, type.usdPerHour]).toEqual([AmiType.AL2023_X86_64_NVIDIA, 'nvidia.com/gpu', 110, 0, 0, undefined]);
  });

  it('fails with every impossible figure at once', () => {
    const error = problemOf(() => InstanceType.of('P7', { vcpu: 0, memoryMiB: 1.5, accelerator: { name: 'x', manufacturer: 'nvidia', count: 0 } }));
    expect(error.problems.map((problem) => problem.code)).toEqual(Array(4).fill('InstanceTypeDataInvalid'));
    expect(problemOf(() => InstanceType.of('p7.large', { vcpu: 1, memoryMiB: 1, accelerator: { name: 'x', manufacturer: 'nvidia', count: -1 } })).code).toBe('InstanceTypeDataInvalid');
  });
});

describe('Region', () => {
  it('knows zones and partition', () => {
    expect(Region.AP_NORTHEAST_1.zones).toEqual(['ap-northeast-1a', 'ap-northeast-1c', 'ap-northeast-1d']);
    expect([partitionOf('eu-central-1'), partitionOf('us-gov-west-1'), partitionOf('cn-north-1')]).toEqual(['aws', 'aws-us-gov', 'aws-cn']);
    expect([Region.EU_CENTRAL_1.dnsSuffix, Region.of('cn-north-1').dnsSuffix, `${Region.US_EAST_1}`]).toEqual(['amazonaws.com', 'amazonaws.com.cn', 'us-east-1']);
  });

  it('fails for an unknown region with the nearest names', () => {
    expect(problemOf(() => Region.of('eu-cental-1'))).toMatchObject({ code: 'RegionUnknown', message: expect.stringContaining('nearest: eu-central-1') });
    expect(regionProblems('mars-1', ['mars-1a']).map((problem) => problem.code)).toEqual(['RegionUnknown']);
  });

  it('names each zone that the region does not have', () => {
    const problems = regionProblems('eu-central-1', ['eu-central-1a', 'eu-central-1d', 'us-east-1b', 'a']);
    expect(problems.map((problem) => problem.code)).toEqual(['ZoneUnknown', 'ZoneUnknown', 'ZoneUnknown']);
    expect(problems[0]).toMatchObject({ message: expect.stringContaining('eu-central-1d'), allowed: 'eu-central-1a, eu-central-1b, eu-central-1c' });
    expect(regionProblems('eu-central-1', ['eu-central-1a', 'eu-central-1b'])).toEqual([]);
  });

  it('takes a region that AWS adds tomorrow', () => {
    const region = Region.of('eusc-de-east-1', { partition: 'aws-eusc', zoneLetters: ['a', 'b'] });
    expect([region.partition, region.dnsSuffix, region.zones]).toEqual(['aws-eusc', 'amazonaws.eu', ['eusc-de-east-1a', 'eusc-de-east-1b']]);
    expect(problemOf(() => Region.of('x-1', { partition: 'azure', zoneLetters: ['a', 'a'] })).problems.map((problem) => problem.code)).toEqual(['RegionDataInvalid', 'RegionDataInvalid']);
    expect(problemOf(() => Region.of('x-1', { zoneLetters: [] })).code).toBe('RegionDataInvalid');
  });
});

describe('Chart', () => {
  it.each(['argo-cd', 'argocd-apps', 'external-secrets', 'kube-prometheus-stack', 'nvidia-device-plugin', 'dcgm-exporter'])('pins %s', (name) => {
    const location = repositoryFor(Chart.of(name));
    expect(location).toMatchObject({ chart: name, oci: false, helmRepository: expect.stringMatching(/^https:/) });
    expect(location.argoRepoUrl).toBe(location.helmRepository);
    expect(location.version).toMatch(/^v?\d+\.\d+/);
  });

  it('gives an OCI registry with its scheme to Helm and without to Argo CD', () => {
    expect(Chart.KARPENTER.location()).toEqual({ chart: 'karpenter', version: '1.14.1', helmRepository: 'oci://public.ecr.aws/karpenter', argoRepoUrl: 'public.ecr.aws/karpenter', oci: true });
    expect([Chart.ARGO_CD.version, Chart.ARGO_CD.appVersion, Chart.ARGOCD_APPS.appVersion]).toEqual(['10.1.1', 'v3.4.4', undefined]);
  });

  it.each([
    ['oci://registry.example.com/charts/', 'oci://registry.example.com/charts', 'registry.example.com/charts'],
    ['https://charts.example.com', 'https://charts.example.com', 'https://charts.example.com'],
    ['http://127.0.0.1:8879/charts', 'http://127.0.0.1:8879/charts', 'http://127.0.0.1:8879/charts'],
  ])('takes every chart from the mirror %s', (mirror, helm, argo) => {
    for (const name of Chart.offered()) {
      expect(repositoryFor(Chart.of(name), mirror)).toMatchObject({ chart: name, helmRepository: helm, argoRepoUrl: argo });
    }
  });

  it.each(['registry.example.com/charts', 'http://charts.example.com', 'oci://', 's3://bucket'])('fails for the mirror %s', (mirror) => {
    expect(problemOf(() => repositoryFor(Chart.ARGO_CD, mirror))).toMatchObject({ code: 'ChartMirrorInvalid', message: expect.stringContaining(mirror) });
  });

  it('fails for an unknown chart, takes one that is described', () => {
    expect(problemOf(() => Chart.of('argocd'))).toMatchObject({ code: 'ChartUnknown', message: expect.stringContaining('nearest: argo-cd') });
    expect(Chart.of('own', { version: '1.0.0', repository: 'https://charts.example.com/' }).location().helmRepository).toBe('https://charts.example.com');
  });
});

describe('EksAddon', () => {
  it('tells which wait for nodes', () => {
    const waiting = ['aws-ebs-csi-driver', 'coredns', 'metrics-server', 'snapshot-controller'];
    const first = ['eks-pod-identity-agent', 'kube-proxy', 'vpc-cni'];
    expect([...waiting, ...first].filter((name) => EksAddon.of(name).needsNodes)).toEqual(waiting);
  });

  it('tells who may be given permissions', () => {
    expect(EksAddon.EBS_CSI_DRIVER).toMatchObject({ namespace: 'kube-system', serviceAccounts: ['ebs-csi-controller-sa'], managedPolicies: ['service-role/AmazonEBSCSIDriverPolicy'] });
    expect(new Set(EksAddon.offered().map((addon) => addon.name)).size).toBe(EksAddon.offered().length);
  });

  it('fails for an unknown add-on, takes one that is described', () => {
    expect(problemOf(() => EksAddon.of('core-dns'))).toMatchObject({ code: 'AddonUnknown', message: expect.stringContaining('did you mean coredns?') });
    expect(EksAddon.of('tomorrow', { namespace: 'kube-system' })).toMatchObject({ needsNodes: false, serviceAccounts: [] });
  });
});

describe('ContainerImage', () => {
  it('writes tags and digests, and moves to a mirror', () => {
    expect(ContainerImage.MLFLOW.image).toBe('ghcr.io/mlflow/mlflow:v3.17.2-full');
    expect(ContainerImage.of('example.com/a/b', 'sha256:00').image).toBe('example.com/a/b@sha256:00');
    expect(ContainerImage.MLFLOW.mirroredTo('mirror.example.com/ghcr').image).toBe('mirror.example.com/ghcr/mlflow/mlflow:v3.17.2-full');
  });
});

test('nearestNames ranks by edits, not by letters in common', () => {
  expect(nearestNames('Replcas', ['resources', 'replicas', 'image'], 2)[0]).toBe('replicas');
  expect(nearestNames('x', [])).toEqual([]);
});

describe('generator', () => {
  it('fails without a folder, and for figures without a day', () => {
    expect(problemOf(() => generateCatalog(undefined)).code).toBe('CatalogSourceMissing');
    const folder = mkdtempSync(join(tmpdir(), 'catalog-'));
    mkdirSync(join(folder, 'aws'));
    writeFileSync(join(folder, 'aws/instance-types.json'), '{"_meta":{"generatedForRelease":"next"},"instanceTypes":{}}');
    writeFileSync(join(folder, 'aws/prices.json'), '{"regions":{}}');
    expect(problemOf(() => instanceTypeTable(folder)).code).toBe('CatalogSourceUndated');
    rmSync(folder, { recursive: true });
  });
});

describeWithReference('reference data', (schemas) => {
  it('gives the same rows as the committed tables', () => {
    const committed = (name: string) => JSON.parse(readFileSync(join(__dirname, '../../src/catalog/tables', `${name}.json`), 'utf8'));
    expect(instanceTypeTable(schemas.folder)).toEqual(committed('instance-types'));
    expect(chartTable(schemas.folder)).toEqual(committed('charts'));
  });

  it('gives the same static members as the committed class', () => {
    const source = readFileSync(join(__dirname, '../../src/catalog/instance-types.ts'), 'utf8');
    expect(source).toContain(instanceTypeMembers(instanceTypeTable(schemas.folder)));
  });

  it('has the same support calendar', () => {
    const { _meta, versions } = schemas.read('aws/eks-versions.json') as any;
    expect(EKS_VERSIONS_SOURCE.asOf).toBe(_meta.asOf);
    const supported = versions.filter((row: any) => /^\d/.test(row.endExtendedSupport) && row.endExtendedSupport >= _meta.asOf).map((row: any) => [row.version, row.eksRelease, row.endStandardSupport, row.endExtendedSupport]);
    expect(supported.reverse()).toEqual(EksVersion.offered().map((name) => EksVersion.of(name)).map((version) => [version.version, version.release, version.endOfStandardSupport, version.endOfExtendedSupport]));
  });

  it('has the same add-ons', () => {
    const { addons } = schemas.read('aws/eks-addons.json') as any;
    for (const addon of EksAddon.offered()) {
      const { name, namespace, managedPolicies } = addon;
      expect(addons).toContainEqual(expect.objectContaining({ name, namespace, managedPolicies }));
    }
  });

  it('serves every API version as storage version, undeprecated', () => {
    const crds = schemas.read('crds/index.json') as any[];
    for (const apiVersion of Object.values(ApiVersion)) {
      const [group, name] = apiVersion.split('/');
      const versions = crds.filter((crd) => crd.group === group).flatMap((crd) => crd.versions);
      expect(versions).toContainEqual(expect.objectContaining({ name, served: true, storage: true, deprecated: false }));
    }
  });
});
