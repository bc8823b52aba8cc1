@rem package.json starts its programs with `exec`, so that signals reach them and not a shell between. Windows has no such word: this is it.
@%*
