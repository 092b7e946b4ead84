export { DcgmExporter, type DcgmExporterProps } from './dcgm-exporter';
export { PrometheusStack, type PrometheusStackOptions } from './prometheus-stack';
