# terraform apply -var-file=rotate.tfvars: a higher version is a new secret.
client_secret_version             = 2
previous_client_secret_expires_at = "2026-12-01T12:00:00Z"
