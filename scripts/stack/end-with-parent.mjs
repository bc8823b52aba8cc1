// Loaded before a program that scripts/stack started: when its parent dies without a word, the program is asked to stop,
// instead of holding its ports for ever.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
