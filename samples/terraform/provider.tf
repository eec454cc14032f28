# Cloudflare's provider, version 5. It reads CLOUDFLARE_API_TOKEN.
# Version 5 is known to plan changes where nothing changed: read a plan before you apply it.
terraform {
  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "~> 5.0"
    }
  }
}

variable "account_id" {
  type = string
}
