"""From a job file to the documents that the client sends. Entry point: requests.answer()."""
