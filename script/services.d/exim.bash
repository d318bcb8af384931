# Exim as the mail server, which delivers nothing, on four ports:
#   starttls   offers STARTTLS with the good certificate, and sign-in once encrypted
#   tls        TLS from the first byte
#   plain      neither TLS nor sign-in
#   lax        as plain, and takes mail from any sender
# It takes mail from orders.test for desk@orders.test; later@orders.test is told to come back.

start_exim() {
  read -r -d '' smtp_port smtp_tls_port smtp_plain_port smtp_lax_port < <(free_ports 4) || true
  smtp_password=$(secret)
  mkdir -p "$folder/exim/spool"
  exim_settings >"$folder/exim/exim.conf"
  launch "$folder/exim.log" "$(exim_program)" -C "$folder/exim/exim.conf" -bdf
  await Exim "$folder/exim.log" port_answers "$smtp_lax_port"
}

exim_program() { command -v exim4 || command -v exim || fail "Exim is missing: please run script/setup test"; }

exim_settings() {
  cat <<CONF
exim_user = $(id -u)
exim_group = $(id -g)
never_users =
spool_directory = $folder/exim/spool
log_file_path = $folder/exim/%slog
pid_file_path = $folder/exim/pid
primary_hostname = mail.orders.test
keep_environment =
local_interfaces = 127.0.0.1
daemon_smtp_ports = $smtp_port : $smtp_tls_port : $smtp_plain_port : $smtp_lax_port
tls_on_connect_ports = $smtp_tls_port
tls_certificate = $folder/good.pem
tls_privatekey = $folder/good.key
tls_advertise_hosts = \${if or{{eq{\$received_port}{$smtp_plain_port}}{eq{\$received_port}{$smtp_lax_port}}}{}{*}}
auth_advertise_hosts = \${if def:tls_in_cipher{*}{}}
host_lookup =
rfc1413_hosts =
queue_only = true
acl_smtp_mail = mail
acl_smtp_rcpt = recipient

begin acl
mail:
  accept condition = \${if eq{\$received_port}{$smtp_lax_port}}
  deny !sender_domains = orders.test
       message = mail from this sender is not taken
  accept
recipient:
  defer recipients = later@orders.test
        message = come back later
  accept recipients = desk@orders.test
  deny message = no such recipient

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = \${if and{{eq{\$auth2}{orders}}{eq{\$auth3}{$smtp_password}}}}
  server_set_id = \$auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{\$auth1}{orders}}{eq{\$auth2}{$smtp_password}}}}
  server_set_id = \$auth1
CONF
}

describe_exim() {
  cat <<JSON
"smtp": {
    "host": "localhost", "port": $smtp_port, "tls_port": $smtp_tls_port, "plain_port": $smtp_plain_port, "lax_port": $smtp_lax_port,
    "user": "orders", "password": "$smtp_password", "spool": "$folder/exim/spool/input", "from": "console@orders.test", "recipient": "desk@orders.test"
  }
JSON
}
