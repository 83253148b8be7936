/** What of WebAssembly is used here; TypeScript knows it only of browsers. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports?: { readonly env: { readonly memory: Memory } });
    readonly exports: unknown;
  }
  class Memory {
    /** In pages of 64 KiB. */
    constructor(size: { readonly initial: number; readonly maximum: number; readonly shared: true });
    readonly buffer: SharedArrayBuffer;
  }
}
