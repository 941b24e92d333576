# hinomi のセット。このパソコンの記録を見守りに送ります。
# 使い方：管理者の PowerShell で  .\hinomi.ps1 -Action Install ｜ Check ｜ Remove
# 実機のWindowsでは未確認です。
#Requires -RunAsAdministrator
#Requires -Version 5.1
param(
    [Parameter(Mandatory = $true)]
    [ValidateSet('Install', 'Check', 'Remove')]
    [string] $Action
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$Here = Split-Path -Parent $MyInvocation.MyCommand.Path
$Sender = '{sender}'
$Service = @{ winlogbeat = 'winlogbeat'; otelcol = 'hinomi-otelcol' }[$Sender]
$Folder = Join-Path $env:ProgramFiles 'hinomi'
$State = Join-Path $env:ProgramData 'hinomi'
$Marker = Join-Path $State 'installed.txt'
$TestUri = '{endpoint}'

function Confirm-Signed([string] $Path, [string] $Who) {
    # 配布元の署名があるものだけを動かします。
    if (-not (Test-Path $Path)) { throw "$Path がありません。READMEの「用意するもの」を見てください。" }
    $signature = Get-AuthenticodeSignature $Path
    if ($signature.Status -ne 'Valid' -or $signature.SignerCertificate.Subject -notlike "*$Who*") {
        throw "$Path の署名を確かめられません。配布元から取り直してください。"
    }
}

function Protect-Folder([string] $Path) {
    # 管理者とシステムだけが読めるようにします（S-1-5-18 と S-1-5-32-544）。
    New-Item -ItemType Directory -Force -Path $Path | Out-Null
    & icacls.exe $Path /inheritance:r /grant:r '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' | Out-Null
    if ($LASTEXITCODE -ne 0) { throw "$Path の権限を設定できません。" }
}

function Read-Token {
    $secure = Read-Host -AsSecureString 'トークンを貼り付けて、Enterを押してください（画面には出ません）'
    $pointer = [Runtime.InteropServices.Marshal]::SecureStringToBSTR($secure)
    try { $text = [Runtime.InteropServices.Marshal]::PtrToStringBSTR($pointer).Trim() }
    finally { [Runtime.InteropServices.Marshal]::ZeroFreeBSTR($pointer) }
    if ($text -notmatch '^[A-Za-z0-9_\-]{20,200}$') { throw 'トークンではありません。1行で、最後まで貼り付けてください。' }
    return $text
}

function Test-Token([string] $Token) {
    [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
    $computer = $env:COMPUTERNAME
    $body = '{"hinomi":"heartbeat","Computer":"' + $computer + '","version":"kit","enrolled":"true"}'
    try {
        Invoke-WebRequest -UseBasicParsing -Method Post -Uri $TestUri -Body $body `
            -ContentType 'application/json' -Headers @{ Authorization = "Bearer $Token" } | Out-Null
    } catch {
        throw "見守りに届きません：$($_.Exception.Message)。トークンと、インターネットへの通信を確かめてください。"
    }
}

function Install-Sysmon {
    $exe = Join-Path $Here 'Sysmon64.exe'
    Confirm-Signed $exe 'Microsoft'
    $config = Join-Path $Here 'sysmon.xml'
    if (Get-Service -Name 'Sysmon64' -ErrorAction SilentlyContinue) {
        & $exe -c $config
        if ($LASTEXITCODE -ne 0) { throw 'Sysmonの設定を変えられません。' }
        return $false
    }
    & $exe -accepteula -i $config
    if ($LASTEXITCODE -ne 0) { throw 'Sysmonを入れられません。' }
    return $true
}

function Install-Winlogbeat([string] $Token) {
    $exe = Join-Path $Here 'winlogbeat.exe'
    Confirm-Signed $exe 'Elastic'
    $data = Join-Path $State 'winlogbeat'
    Protect-Folder $data
    Copy-Item $exe $Folder -Force
    Copy-Item (Join-Path $Here 'winlogbeat.yml') $Folder -Force
    $installed = Join-Path $Folder 'winlogbeat.exe'
    $common = @('--path.home', $Folder, '--path.config', $Folder, '--path.data', $data)
    & $installed @common keystore create --force | Out-Null
    $Token | & $installed @common keystore add HINOMI_TOKEN --stdin --force | Out-Null
    if ($LASTEXITCODE -ne 0) { throw 'トークンをしまえません。' }
    $config = Join-Path $Folder 'winlogbeat.yml'
    return "`"$installed`" -c `"$config`" --path.home `"$Folder`" --path.config `"$Folder`" --path.data `"$data`""
}

function Install-Otelcol([string] $Token) {
    $exe = Join-Path $Here 'otelcol-contrib.exe'
    if (-not (Test-Path $exe)) { throw "$exe がありません。READMEの「用意するもの」を見てください。" }
    Protect-Folder (Join-Path $State 'queue')
    [IO.File]::WriteAllText((Join-Path $State 'token'), $Token)
    Copy-Item $exe $Folder -Force
    Copy-Item (Join-Path $Here 'otelcol.yml') $Folder -Force
    return "`"$(Join-Path $Folder 'otelcol-contrib.exe')`" --config `"$(Join-Path $Folder 'otelcol.yml')`""
}

function Install-All {
    if (Get-Service -Name $Service -ErrorAction SilentlyContinue) {
        if (-not (Test-Path $Marker)) { throw "サービス「$Service」が、もうあります。ほかの人が入れたものなら、そのままにしてください。" }
        Stop-Service $Service
        & sc.exe delete $Service | Out-Null
    }
    $token = Read-Token
    Test-Token $token
    Protect-Folder $State
    Protect-Folder $Folder
    $ownSysmon = Install-Sysmon
    if ($Sender -eq 'winlogbeat') { $command = Install-Winlogbeat $token } else { $command = Install-Otelcol $token }
    New-Service -Name $Service -BinaryPathName $command -StartupType Automatic -Description 'hinomi' | Out-Null
    & sc.exe failure $Service reset= 86400 actions= restart/10000/restart/60000/restart/300000 | Out-Null
    if (-not (Test-Path $Marker)) { Set-Content -Path $Marker -Value "sysmon=$ownSysmon" }
    Start-Service $Service
    Test-All
}

function Test-All {
    $ok = $true
    foreach ($name in @('Sysmon64', $Service)) {
        $found = Get-Service -Name $name -ErrorAction SilentlyContinue
        if ($found -and $found.Status -eq 'Running') { Write-Host "[できています] $name が動いています。" }
        else { Write-Host "[できていません] $name が動いていません。"; $ok = $false }
    }
    if (-not $ok) { Write-Host '次にすること：もう一度 -Action Install を実行してください。'; exit 1 }
    Write-Host '次にすること：画面の「試験」の手順で、届くことを確かめてください。'
}

function Remove-All {
    if (-not (Test-Path $Marker)) { throw 'このセットで入れたものは、見つかりません。' }
    if (Get-Service -Name $Service -ErrorAction SilentlyContinue) {
        Stop-Service $Service -ErrorAction SilentlyContinue
        & sc.exe delete $Service | Out-Null
    }
    # 前からあったSysmonは、残します。
    $exe = Join-Path $Here 'Sysmon64.exe'
    if ((Get-Content $Marker) -contains 'sysmon=True' -and (Test-Path $exe)) { & $exe -u }
    Remove-Item -Recurse -Force $Folder, $State
    Write-Host '外しました。見守りの画面で、この送り元を「取り消す」にしてください。'
}

switch ($Action) {
    'Install' { Install-All }
    'Check' { Test-All }
    'Remove' { Remove-All }
}
