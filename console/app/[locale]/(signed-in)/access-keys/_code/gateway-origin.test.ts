import { expect, test } from 'vitest'
import { gatewayOriginOf } from './gateway-origin.ts'

const local = { apiUrl: 'http://127.0.0.1:4000', publicOrigin: null, gatewayOrigin: null }

test('on one box the gateway is the port of the API on localhost', () => {
  expect(gatewayOriginOf(local, 'localhost:3000')).toBe('http://localhost:4000')
  expect(gatewayOriginOf(local, '127.0.0.1:3000')).toBe('http://localhost:4000')
  expect(gatewayOriginOf({ ...local, apiUrl: 'http://[::1]:4000' }, '[::1]:3000')).toBe('http://localhost:4000')
})

test('who reaches the console from another machine reaches the gateway on the same host', () => {
  expect(gatewayOriginOf(local, '192.168.1.10:3000')).toBe('http://192.168.1.10:4000')
  expect(gatewayOriginOf(local, '[fd00::5]:3000')).toBe('http://[fd00::5]:4000')
  expect(gatewayOriginOf({ ...local, publicOrigin: 'https://llm.padaria.com.br' }, '127.0.0.1:3000')).toBe('http://llm.padaria.com.br:4000')
})

test('an API on a host of its own is where the gateway is', () => {
  expect(gatewayOriginOf({ ...local, apiUrl: 'https://gateway.padaria.com.br' }, 'console.padaria.com.br')).toBe(
    'https://gateway.padaria.com.br',
  )
})

test('what the operator says goes before everything', () => {
  expect(
    gatewayOriginOf(
      { ...local, publicOrigin: 'https://llm.padaria.com.br', gatewayOrigin: 'https://api.padaria.com.br' },
      'llm.padaria.com.br',
    ),
  ).toBe('https://api.padaria.com.br')
})

test('a host that is no host is passed over', () => {
  expect(gatewayOriginOf(local, null)).toBe('http://localhost:4000')
  expect(gatewayOriginOf(local, 'a b')).toBe('http://localhost:4000')
})
