"""
Verify Access's token in a Django project: settings.py. This portal's own verifier, `barbican.access`,
stands alone; docs/your-own-project.md says which two folders to copy, and how to test with it.
"""

INSTALLED_APPS = ["barbican.access"]  # beside yours
MIDDLEWARE = ["barbican.access.middleware.AccessMiddleware"]  # behind AuthenticationMiddleware
AUTHENTICATION_BACKENDS = ["barbican.access.backends.AccessBackend"]  # beside ModelBackend

ACCESS_TEAM_DOMAIN = "https://<team>.cloudflareaccess.com"
# By URL namespace: a page accepts its own application's AUD tags and no other's.
ACCESS_APPLICATIONS = {"ingest": {"audience_tags": ["<AUD tag>"], "welcomes": ["service_token"]}}

# And in views.py:
#
#     @csrf_exempt  # a machine has no cookie that another site could borrow
#     @verified(Kind.SERVICE_TOKEN)
#     def ingest(request):
#         return HttpResponse(f"Hello {request.user.client_id}")
