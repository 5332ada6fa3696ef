import { describe, expect, it } from 'vitest';
import { childEnvironment } from '../../src/upstream/index.ts';

const POSIX_PARENT = {
  PATH: '/bin',
  LANG: 'de_DE.UTF-8',
  LC_ALL: 'C',
  LC_CTYPE: 'C',
  TZ: 'UTC',
  TMPDIR: '/tmp',
  TERM: 'xterm',
  USER: 'u',
  LOGNAME: 'u',
  SHELL: '/bin/sh',
  SSL_CERT_FILE: '/ca.pem',
  SSL_CERT_DIR: '/ca',
  HOME: '/home/u',
  COUNTERSIGN_TOKEN: 'csg_x',
  COUNTERSIGN_MASTER_KEY: 'k',
  COUNTERSIGN_HOME: '/h',
  NODE_OPTIONS: '--require /evil.js',
  NODE_EXTRA_CA_CERTS: '/evil.pem',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
  LD_PRELOAD: '/evil.so',
  LD_LIBRARY_PATH: '/evil',
  DYLD_INSERT_LIBRARIES: '/evil.dylib',
  HTTP_PROXY: 'http://evil',
  https_proxy: 'http://evil',
  XDG_RUNTIME_DIR: '/run/user/1',
  SSH_AUTH_SOCK: '/agent',
  AWS_SECRET_ACCESS_KEY: 's',
  STRIPE_SECRET_KEY: 'sk_other',
  npm_config_registry: 'http://evil',
};

describe('childEnvironment', () => {
  it('hands down this list and nothing else', () => {
    const environment = childEnvironment({ parent: POSIX_PARENT, configured: {}, home: '/own', platform: 'linux' });
    expect(environment).toEqual({
      PATH: '/bin',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'C',
      LC_CTYPE: 'C',
      TZ: 'UTC',
      TMPDIR: '/tmp',
      TERM: 'xterm',
      USER: 'u',
      LOGNAME: 'u',
      SHELL: '/bin/sh',
      SSL_CERT_FILE: '/ca.pem',
      SSL_CERT_DIR: '/ca',
      HOME: '/own',
      npm_config_cache: '/home/u/.npm',
      npm_config_userconfig: '/home/u/.npmrc',
    });
  });

  it('hands down this list on Windows, whatever the case of the names', () => {
    const parent = {
      Path: 'C:\\bin',
      PATHEXT: '.EXE',
      ComSpec: 'cmd.exe',
      SystemRoot: 'C:\\Windows',
      SystemDrive: 'C:',
      windir: 'C:\\Windows',
      TEMP: 'C:\\t',
      TMP: 'C:\\t',
      USERNAME: 'u',
      OS: 'Windows_NT',
      PROCESSOR_ARCHITECTURE: 'AMD64',
      NUMBER_OF_PROCESSORS: '2',
      ProgramFiles: 'C:\\p',
      'ProgramFiles(x86)': 'C:\\p86',
      ProgramData: 'C:\\d',
      USERPROFILE: 'C:\\Users\\u',
      LOCALAPPDATA: 'C:\\Users\\u\\AppData\\Local',
      Countersign_Token: 'csg_x',
      NODE_OPTIONS: '--require evil',
      PSModulePath: 'C:\\m',
    };
    expect(childEnvironment({ parent, configured: {}, home: 'C:\\own', platform: 'win32' })).toEqual({
      PATH: 'C:\\bin',
      PATHEXT: '.EXE',
      COMSPEC: 'cmd.exe',
      SYSTEMROOT: 'C:\\Windows',
      SYSTEMDRIVE: 'C:',
      WINDIR: 'C:\\Windows',
      TEMP: 'C:\\t',
      TMP: 'C:\\t',
      USERNAME: 'u',
      OS: 'Windows_NT',
      PROCESSOR_ARCHITECTURE: 'AMD64',
      NUMBER_OF_PROCESSORS: '2',
      PROGRAMFILES: 'C:\\p',
      'PROGRAMFILES(X86)': 'C:\\p86',
      PROGRAMDATA: 'C:\\d',
      HOME: 'C:\\own',
      USERPROFILE: 'C:\\own',
      APPDATA: 'C:\\own',
      LOCALAPPDATA: 'C:\\own',
      npm_config_cache: 'C:\\Users\\u\\AppData\\Local\\npm-cache',
      npm_config_userconfig: 'C:\\Users\\u\\.npmrc',
    });
  });

  it("lets the operator's variables win, even those that are never handed down", () => {
    const configured = {
      PATH: '/own/bin',
      HOME: '/other',
      NODE_OPTIONS: '--use-openssl-ca',
      HTTPS_PROXY: 'http://proxy',
    };
    const environment = childEnvironment({ parent: { PATH: '/bin' }, configured, home: '/own', platform: 'linux' });
    expect(environment).toEqual(configured);
  });

  it("keeps a cache and a configuration of npm's that the user chose", () => {
    const parent = { HOME: '/home/u', npm_config_cache: '/cache', npm_config_userconfig: '/etc/npmrc' };
    expect(childEnvironment({ parent, configured: {}, home: '/own', platform: 'linux' })).toEqual({
      HOME: '/own',
      npm_config_cache: '/cache',
      npm_config_userconfig: '/etc/npmrc',
    });
  });

  it('leaves out functions that a shell exported', () => {
    const environment = childEnvironment({
      parent: { TERM: '() { :; }; evil' },
      configured: {},
      home: '/own',
      platform: 'linux',
    });
    expect(environment).toEqual({ HOME: '/own' });
  });
});
