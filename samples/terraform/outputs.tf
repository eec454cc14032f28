# terraform output -raw env >> .env
output "env" {
  value = "SERVICE_TOKEN_AUD=${join(",", [
    for application in cloudflare_zero_trust_access_application.demo : application.aud
  ])}\n"
}

output "client_id" {
  value = cloudflare_zero_trust_access_service_token.demo.client_id
}

output "client_secret" {
  value     = cloudflare_zero_trust_access_service_token.demo.client_secret
  sensitive = true
}
