module cdktf-ml-platform/local/helm

go 1.24.0
