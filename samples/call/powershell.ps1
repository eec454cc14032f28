# Call the demo with a service token. PowerShell 7.4 or later.
$ErrorActionPreference = 'Stop'
$url = if ($env:DEMO_URL) { $env:DEMO_URL } else { 'https://barbicancloud.co.uk/service-token/' }
if (-not ($env:CF_ACCESS_CLIENT_ID -and $env:CF_ACCESS_CLIENT_SECRET)) {
    throw 'CF_ACCESS_CLIENT_ID or CF_ACCESS_CLIENT_SECRET is not set.'
}

$call = @{
    Uri                = $url
    UserAgent          = 'barbican-sample/1.0'
    TimeoutSec         = 20
    MaximumRedirection = 0         # a redirect leads to a login page
    SkipHttpErrorCheck = $true     # the status is looked at below
    ErrorAction        = 'Ignore'  # PowerShell calls the redirect an error
    Headers            = @{
        'Accept'                  = 'application/json'
        'CF-Access-Client-Id'     = $env:CF_ACCESS_CLIENT_ID
        'CF-Access-Client-Secret' = $env:CF_ACCESS_CLIENT_SECRET
    }
}
$answer = Invoke-WebRequest @call

if ($answer.StatusCode -ge 300 -and $answer.StatusCode -lt 400) {
    throw 'Sent to a login page: no Service Auth policy let this token in.'
}
$type = "$($answer.Headers['Content-Type'])"
if ($answer.StatusCode -ne 200 -or -not $type.StartsWith('application/json')) {
    throw "Refused: $($answer.StatusCode) $type"
}
$answer.Content
