# Two applications, so two AUD tags. The path has no /*, which would leave the path itself open.
resource "cloudflare_zero_trust_access_application" "demo" {
  for_each = {
    path      = "barbicancloud.co.uk/service-token"
    subdomain = "service-token.barbicancloud.co.uk"
  }

  account_id   = var.account_id
  name         = each.value
  type         = "self_hosted"
  domain       = each.value
  destinations = [{ type = "public", uri = each.value }]
  policies     = [{ id = cloudflare_zero_trust_access_policy.demo.id, precedence = 1 }]

  service_auth_401_redirect = true
}
