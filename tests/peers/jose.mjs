// The JOSE judge: npm jose, by other people. Reads one request from stdin, writes one answer to stdout.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(process.env.PEERS);
const { calculateJwkThumbprint, createLocalJWKSet, importJWK, jwtVerify, SignJWT } = await import(
  pathToFileURL(require.resolve('jose'))
);

const tasks = {
  verify: async ({ jwt, jwks, options }) => jwtVerify(jwt, createLocalJWKSet(jwks), options),
  sign: async ({ claims, header, key }) => new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(key, 'ES256')),
  thumbprint: async ({ key }) => calculateJwkThumbprint(key),
};

const request = JSON.parse(readFileSync(0, 'utf8'));
try {
  process.stdout.write(JSON.stringify({ result: await tasks[request.task](request) }));
} catch (error) {
  process.stdout.write(JSON.stringify({ refused: String(error.code ?? error.message ?? error) }));
}
