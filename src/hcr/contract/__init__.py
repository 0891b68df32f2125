"""The contract of client and service: `schema.graphql`, its enumerations and its input models.

Nothing is imported here: `hcr.contract.inputs` loads pydantic, and most commands can do without it.
"""
