import aurora_aliases

aurora_aliases.install()
