export { Cidr } from './cidr';
export type { NetworkAttributes } from './imported-network';
export { InterfaceEndpoint } from './interface-endpoint';
export { Network, type NetworkProps } from './network';
export type { INetwork } from './network-interface';
