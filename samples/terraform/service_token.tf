# The secret stays in Terraform's state: keep that as you would keep the secret.
resource "cloudflare_zero_trust_access_service_token" "demo" {
  account_id = var.account_id
  name       = "barbican-demo-token"
  duration   = "8760h"

  client_secret_version             = var.client_secret_version
  previous_client_secret_expires_at = var.previous_client_secret_expires_at
}

variable "client_secret_version" {
  type    = number
  default = 1
}

variable "previous_client_secret_expires_at" {
  type    = string
  default = null
}
