# nginx as the HTTP service that connections are made to. On the plain and the TLS address:
#   /, /health        200, JSON
#   /bearer           200 only with the bearer token, else 401
#   /header           200 only with the API key in X-Api-Key, else 401
#   /basic            200 only with user and password, else 401
#   /token            a scripted stand-in for an OAuth2 token endpoint: any POST with the client's id and secret as
#                     HTTP Basic gets the one fixed token; the body is not read
#   /oauth            200 only with that token, else 401
#   /status/500       500
#   /redirect         302 to /health
#   /large            200, 2 KB of JSON, compressed for those who accept it; /large-plain never is
#   /redirect-away    302 to /health of the other of the two addresses, which is another origin
# More addresses answer like `/`: some with a certificate that must not be trusted, one whose certificate ends soon, and one that
# answers only clients with a certificate of the test authority.

start_nginx() {
  read -r -d '' nginx_plain_port nginx_tls_port nginx_expired_port nginx_self_signed_port nginx_wrong_host_port \
    nginx_ending_port nginx_cn_only_port nginx_version_1_port nginx_wrong_address_port nginx_expired_chain_port \
    nginx_client_port < <(free_ports 11) || true
  nginx_bearer_token=$(secret)
  nginx_api_key=$(secret)
  nginx_basic_password=$(secret)
  nginx_client_secret=$(secret)
  nginx_access_token=$(secret)

  mkdir "$folder/nginx"
  nginx_settings >"$folder/nginx/nginx.conf"
  launch "$folder/nginx.log" nginx -p "$folder/nginx" -e stderr -c "$folder/nginx/nginx.conf"
  await nginx "$folder/nginx.log" test -s "$folder/nginx/nginx.pid"
}

basic() { printf 'Basic %s' "$(printf '%s:%s' "$1" "$2" | base64 --wrap=0)"; }

nginx_settings() {
  cat <<CONF
daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  default_type application/json;
  gzip on;
  gzip_types application/json;
  absolute_redirect off;
  map_hash_bucket_size 256;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;

  # What the 401 of each path asks for; empty when the right credential came.
  map \$http_authorization \$bearer_refusal { default 'Bearer realm="test"'; "Bearer $nginx_bearer_token" ""; }
  map \$http_authorization \$basic_refusal { default 'Basic realm="test"'; "$(basic orders "$nginx_basic_password")" ""; }
  map \$http_authorization \$client_refusal { default 'Basic realm="test"'; "$(basic orders-client "$nginx_client_secret")" ""; }
  map \$http_authorization \$oauth_refusal { default 'Bearer realm="test"'; "Bearer $nginx_access_token" ""; }
  map \$http_x_api_key \$header_refusal { default 'ApiKey realm="test"'; "$nginx_api_key" ""; }
  map \$scheme \$other_origin { http "https://localhost:$nginx_tls_port"; https "http://127.0.0.1:$nginx_plain_port"; }

  server {
    listen 127.0.0.1:$nginx_plain_port;
    listen 127.0.0.1:$nginx_tls_port ssl;
    ssl_certificate $folder/good.pem;
    ssl_certificate_key $folder/good.key;

    location / { return 404 '{"error":"not found"}'; }
    location = / { return 200 '{"status":"ok","version":"1.2.3"}'; }
    location = /health { return 200 '{"status":"ok","version":"1.2.3"}'; }
    $(nginx_guarded /bearer bearer_refusal)
    $(nginx_guarded /header header_refusal)
    $(nginx_guarded /basic basic_refusal)
    $(nginx_guarded /oauth oauth_refusal)
    location = /token {
      add_header WWW-Authenticate \$client_refusal always;
      add_header Cache-Control no-store;
      if (\$request_method != POST) { return 405 '{"error":"invalid_request"}'; }
      if (\$client_refusal) { return 401 '{"error":"invalid_client"}'; }
      return 200 '{"access_token":"$nginx_access_token","token_type":"Bearer","expires_in":3600}';
    }
    location = /status/500 { return 500 '{"status":"down"}'; }
    location = /large { return 200 '{"text":"$(printf '%02048d' 0)"}'; }
    location = /large-plain { gzip off; return 200 '{"text":"$(printf '%02048d' 0)"}'; }
    location = /redirect { return 302 /health; }
    location = /redirect-away { return 302 \$other_origin/health; }
  }
  $(nginx_with "$nginx_ending_port" ending)
  $(nginx_with "$nginx_expired_port" expired)
  $(nginx_with "$nginx_expired_chain_port" expired_chain)
  $(nginx_with "$nginx_self_signed_port" self_signed)
  $(nginx_with "$nginx_wrong_host_port" wrong_host)
  $(nginx_with "$nginx_cn_only_port" cn_only)
  $(nginx_with "$nginx_version_1_port" version_1)
  $(nginx_with "$nginx_wrong_address_port" wrong_address)
  $(nginx_with "$nginx_client_port" good "ssl_verify_client on; ssl_client_certificate $folder/ca.pem;")
}
CONF
}

# nginx_guarded PATH VARIABLE_OF_ITS_REFUSAL
nginx_guarded() {
  cat <<CONF
location = $1 {
      add_header WWW-Authenticate \$$2 always;
      if (\$$2) { return 401 '{"error":"unauthorized"}'; }
      return 200 '{"status":"ok","version":"1.2.3"}';
    }
CONF
}

# nginx_with PORT CERTIFICATE [SETTING...]
nginx_with() {
  cat <<CONF
server {
    listen 127.0.0.1:$1 ssl;
    ssl_certificate $folder/$2.pem;
    ssl_certificate_key $folder/$2.key;
    ${3:-}
    location / { return 404 '{"error":"not found"}'; }
    location = / { return 200 '{"status":"ok","version":"1.2.3"}'; }
  }
CONF
}

describe_nginx() {
  cat <<JSON
"nginx": {
    "plain": "http://127.0.0.1:$nginx_plain_port", "tls": "https://localhost:$nginx_tls_port",
    "expired": "https://localhost:$nginx_expired_port", "expired_chain": "https://localhost:$nginx_expired_chain_port", "self_signed": "https://localhost:$nginx_self_signed_port",
    "wrong_host": "https://localhost:$nginx_wrong_host_port", "ending": "https://localhost:$nginx_ending_port",
    "cn_only": "https://localhost:$nginx_cn_only_port", "version_1": "https://localhost:$nginx_version_1_port",
    "wrong_address": "https://localhost:$nginx_wrong_address_port", "asking": "https://localhost:$nginx_client_port",
    "client_file": "$folder/client.pem", "client_key_file": "$folder/client.key",
    "stranger_file": "$folder/stranger.pem", "stranger_key_file": "$folder/stranger.key",
    "ca_pem": "$(awk '{ printf "%s\\n", $0 }' "$folder/ca.pem")",
    "certificate_file": "$folder/good.pem", "key_file": "$folder/good.key",
    "bearer_token": "$nginx_bearer_token", "api_key": "$nginx_api_key",
    "basic_user": "orders", "basic_password": "$nginx_basic_password",
    "client_id": "orders-client", "client_secret": "$nginx_client_secret"
  }
JSON
}
