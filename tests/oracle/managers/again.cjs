// again.cjs SCRIPT: a Node program run again and again in one process, each time as if anew: starting Node and compiling a package manager costs
// far more than what it has to do for a small project. The parent sends { folder, argv, env }; the answer is the exit code, once the program asks
// for its end or has nothing left to wait for. Files are read and compiled once; what they did before is forgotten.
const fs = require('fs')
const Module = require('module')
const path = require('path')
const vm = require('vm')
const script = process.argv[2]

const compiled = new Map()
Module._extensions['.js'] = (module, filename) => {
  if (!compiled.has(filename)) {
    const source = Module.wrap(fs.readFileSync(filename, 'utf8').replace(/^#!.*/, ''))
    compiled.set(filename, new vm.Script(source, { filename }).runInThisContext())
  }
  const { resolve } = Module.createRequire(filename)
  const require = Object.assign(id => module.require(id), { resolve, main: process.mainModule, extensions: Module._extensions, cache: Module._cache })
  compiled.get(filename).call(module.exports, module.exports, require, module, filename, path.dirname(filename))
}

const ended = Symbol('ended') // thrown where the program would not have gone on
const environment = { ...process.env }
let running = false
const end = code => {
  if (!running) return
  running = false
  for (const [name, listeners] of before) {
    process.removeAllListeners(name)
    for (const listener of listeners) process.on(name, listener)
  }
  process.exitCode = 0
  process.channel.ref()
  process.send(code)
}
const failed = error => {
  if (error === ended) return
  console.error(error)
  end(1)
}
process.exit = code => {
  end(code === undefined ? process.exitCode || 0 : code)
  throw ended
}
process.on('uncaughtException', failed)
process.on('unhandledRejection', failed)
process.on('beforeExit', () => end(process.exitCode || 0))
process.on('message', ({ folder, argv, env }) => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name]
  Object.assign(process.env, environment, env)
  process.chdir(folder)
  process.argv = [process.execPath, script, ...argv]
  for (const name of Object.keys(Module._cache)) delete Module._cache[name]
  running = true
  process.channel.unref() // or there would always be something to wait for
  try {
    Module._load(script, null, true)
  } catch (error) {
    failed(error)
  }
})
const before = ['uncaughtException', 'unhandledRejection', 'beforeExit', 'exit', 'warning', 'SIGINT', 'SIGTERM', 'SIGHUP'].map(name => [name, process.rawListeners(name)])
