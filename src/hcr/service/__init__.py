"""The service: GraphQL over HTTP, the ledger, the runner, the executors."""
