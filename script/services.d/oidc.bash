# An OpenID Connect provider, the certified one of npm, with its own pages to sign in (any password does) and to consent.
# People: `ada` of the group ops-admins, `bob` of ops-viewers. `PUT /people/NAME` with {"email","email_verified","groups"} makes or changes one.

# Node takes a second to read it, in which the other services start.
launch_oidc() {
  [[ -d end2end/node_modules/oidc-provider ]] || fail "oidc-provider is missing: please run script/setup test"
  oidc_port=$(free_ports 1)
  oidc_secret=$(secret)
  launch "$folder/oidc.log" node "$here/oidc.mjs" "$oidc_port" switchboard "$oidc_secret"
}

await_oidc() {
  await "the identity provider" "$folder/oidc.log" grep -q "^ready" "$folder/oidc.log"
}

describe_oidc() {
  cat <<JSON
"oidc": { "issuer": "http://127.0.0.1:$oidc_port", "client_id": "switchboard", "client_secret": "$oidc_secret" }
JSON
}
