"""The local AWS server of the tests: moto in process, behind a front that adds what moto lacks."""
