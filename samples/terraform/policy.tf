# "non_identity" is what the dashboard calls Service Auth.
resource "cloudflare_zero_trust_access_policy" "demo" {
  account_id = var.account_id
  name       = "Service Auth for the demo"
  decision   = "non_identity"
  include = [{
    service_token = { token_id = cloudflare_zero_trust_access_service_token.demo.id }
  }]
}
